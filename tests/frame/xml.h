/* Is a text well-formed XML, as far as the program writes any: one root, elements that nest,
 * quoted attributes, the five entities, characters that XML 1.0 allows. */
#ifndef TESTS_FRAME_XML_H
#define TESTS_FRAME_XML_H

#include <stdbool.h>
#include <stddef.h>

bool xml_well_formed(const char *text, char *complaint, size_t size);

#endif
