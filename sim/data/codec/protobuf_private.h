/* Reading the wire format of Protocol Buffers, as far as a tokenizer.model needs it; not installed.
 * The bytes are not trusted: every length is checked against the message's own. */
#ifndef ATTNDYN_DATA_PROTOBUF_PRIVATE_H
#define ATTNDYN_DATA_PROTOBUF_PRIVATE_H

#include "../../base/context.h"

struct attndyn_wire {
    const unsigned char *at, *end;
};
enum attndyn_wire_kind {
    ATTNDYN_WIRE_NUMBER = 0,
    ATTNDYN_WIRE_8_BYTES = 1,
    ATTNDYN_WIRE_BYTES = 2,
    ATTNDYN_WIRE_4_BYTES = 5
};
struct attndyn_field {
    uint32_t number;
    enum attndyn_wire_kind kind;
    uint64_t value; /* NUMBER, 8_BYTES, 4_BYTES */
    const char *bytes;
    size_t length; /* BYTES */
};

struct attndyn_wire attndyn_wire_over(const char *bytes, size_t length);
/* true: *field is the next one. false: the end, or *damaged is set. */
bool attndyn_wire_next(struct attndyn_wire *wire, struct attndyn_field *field, bool *damaged);
/* A 4_BYTES field as the float that it holds. */
float attndyn_field_float(const struct attndyn_field *field);

#endif
