/* version.h: what this program was built from; recorded with every result. */
#ifndef TMB_VERSION_H
#define TMB_VERSION_H

extern const char tmb_commit[]; /* short hash, "-dirty" behind it when the tree was; or "unknown" */
extern const char tmb_build[];  /* compiler, build type, sanitizers */

#endif
