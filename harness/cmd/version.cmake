# Writes version.c with the commit of the source tree, only when it changed. Run at every build:
# cmake -DSOURCE=… -DOUTPUT=… -DTMB_BUILD=… -P version.cmake
set(TMB_COMMIT unknown)
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12
  OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(NOT failed)
  set(TMB_COMMIT ${described})
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/version.c.in ${OUTPUT} @ONLY)
