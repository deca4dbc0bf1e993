/* cmocka_includes.h: cmocka.h, after what it wants to be included first. */
#ifndef TMB_CMOCKA_INCLUDES_H
#define TMB_CMOCKA_INCLUDES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
