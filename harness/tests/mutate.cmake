# mutate.cmake: copies SOURCE to OUTPUT with the text in FROM, which must stand in it exactly once,
# replaced by the text in TO. Called at build time, so that a mutant whose place has moved stops the
# build instead of testing nothing.
file(READ "${SOURCE}" text)
string(FIND "${text}" "${FROM}" first)
string(FIND "${text}" "${FROM}" last REVERSE)
if(first EQUAL -1)
  message(FATAL_ERROR "${SOURCE}: the text to mutate is gone: ${FROM}")
endif()
if(NOT first EQUAL last)
  message(FATAL_ERROR "${SOURCE}: the text to mutate is there twice: ${FROM}")
endif()
string(REPLACE "${FROM}" "${TO}" text "${text}")
file(WRITE "${OUTPUT}" "${text}")
