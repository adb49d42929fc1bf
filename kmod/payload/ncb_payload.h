/* SPDX-License-Identifier: GPL-2.0-only */
/* What one payload module takes from another, so that it depends on it. */
#ifndef NCB_PAYLOAD_H
#define NCB_PAYLOAD_H

int ncb_payload_number(void);

#endif /* NCB_PAYLOAD_H */
