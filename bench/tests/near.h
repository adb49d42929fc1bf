/* SPDX-License-Identifier: GPL-2.0-only */
/* cmocka's own compares floats, not doubles. After cmocka.h and math.h. */
#ifndef NCB_NEAR_H
#define NCB_NEAR_H

#define assert_near(a, b, eps)						\
	do {								\
		double a_ = (a), b_ = (b);				\
									\
		if (!(fabs(a_ - b_) <= (eps)))				\
			fail_msg("%s: %.15g, not %.15g", #a, a_, b_);	\
	} while (0)

#endif /* NCB_NEAR_H */
