# Brings the scanner of tree-sitter-python 0.23.6 up to its 0.25.0, whose source package forgot the
# file: t-strings are interpolated too, and an indentation keeps its value beyond 255 columns.
function(make_python_scanner from to)
  file(READ "${from}" text)
  macro(change old new)
    string(FIND "${text}" "${old}" at)
    if(at EQUAL -1)
      message(FATAL_ERROR "${from} is not the scanner that sources.lock names: no '${old}'")
    endif()
    string(REPLACE "${old}" "${new}" text "${text}")
  endmacro()
  change([=[lexer->lookahead == 'f' || lexer->lookahead == 'F']=]
         [=[lexer->lookahead == 'f' || lexer->lookahead == 'F' || lexer->lookahead == 't' ||
                lexer->lookahead == 'T']=])
  change([=[uint32_t indent_length = 0;]=] [=[uint16_t indent_length = 0;]=])
  change([=[size < TREE_SITTER_SERIALIZATION_BUFFER_SIZE; ++iter]=]
         [=[size + 1 < TREE_SITTER_SERIALIZATION_BUFFER_SIZE; ++iter]=])
  change([=[buffer[size++] = (char)*array_get(&scanner->indents, iter);]=]
         [=[uint16_t indent = *array_get(&scanner->indents, iter);
        buffer[size++] = (char)(indent & 0xFF);
        buffer[size++] = (char)(indent >> 8);]=])
  change([=[for (; size < length; size++) {]=] [=[for (; size + 1 < length; size += 2) {]=])
  change([=[array_push(&scanner->indents, (unsigned char)buffer[size]);]=]
         [=[array_push(&scanner->indents, (uint16_t)((unsigned char)buffer[size] |
                                                     ((unsigned char)buffer[size + 1] << 8)));]=])
  file(CONFIGURE OUTPUT "${to}" CONTENT "${text}" @ONLY)
endfunction()
