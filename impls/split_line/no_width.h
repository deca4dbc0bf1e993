/* no_width.h: forgets the macros of a width (glance.h), for the next one. */
#undef WIDTH
#undef LOOK
#undef WANTED
#undef BEYOND
#undef TARGET
