/* SPDX-License-Identifier: GPL-2.0-only */
/* User Mode Linux as a process: what it may do here, where its memory is, and that it ends. */
#ifndef NCB_UML_PROCESS_H
#define NCB_UML_PROCESS_H

#include "../ncbench.h"

/*
 * Of a guest. Each page may be a mapping of its own here, of which Linux allows a process
 * 65530; a guest that wants more panics.
 */
#define NCB_UML_MEMORY_MIB	240

int ncb_uml_memory_place(uint64_t bytes, char *place, size_t size, char *why, size_t room);
void ncb_uml_confine(const char *place, int cpu);

#endif /* NCB_UML_PROCESS_H */
