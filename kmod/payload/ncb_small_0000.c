// SPDX-License-Identifier: GPL-2.0-only
/* Shape small: nothing more than a module has to have. */
#include "shape.h"
