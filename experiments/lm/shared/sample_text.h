/* A short text for the tokenizers' quick runs: several scripts, with their difficult cases. */
#ifndef LM_SHARED_SAMPLE_TEXT_H
#define LM_SHARED_SAMPLE_TEXT_H

#define SAMPLE_TEXT                                                                                \
    "A tokenizer cuts a text into pieces that it met often while it was trained. What it met "     \
    "often is one piece, and what it never met is many: that's why a common word costs little, "   \
    "why 1,234.56 or a name costs more, and why a word such as antidisestablishmentarianism "      \
    "falls apart.\n\n"                                                                             \
    "Blanks   and\ttabs count, and so do the ends of lines.\r\n"                                   \
    "Na\xC3\xAFve caf\xC3\xA9s, \xCF\x83\xCE\xBF\xCF\x86\xCE\xAF\xCE\xB1, "                        \
    "\xD0\xBC\xD0\xB8\xD1\x80, \xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E, "                             \
    "\xED\x95\x9C\xEA\xB5\xAD\xEC\x96\xB4, \xF0\x9F\x99\x82 and a byte that is no text: \xFF.\n"

#endif
