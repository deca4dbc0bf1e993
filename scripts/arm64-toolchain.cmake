# Cross build for the arm64 guest of ci/numa.sh, with the libraries that arm64-sysroot.sh unpacked.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

get_filename_component(TMB_SYSROOT ${CMAKE_CURRENT_LIST_DIR}/../build/numa/sysroot-arm64 ABSOLUTE)
set(CMAKE_SYSROOT ${TMB_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${TMB_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR}
  ${TMB_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${TMB_SYSROOT}/usr/share/pkgconfig)
