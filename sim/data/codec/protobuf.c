#include "protobuf_private.h"

#include <string.h>

struct attndyn_wire attndyn_wire_over(const char *bytes, size_t length) {
    const unsigned char *at = (const unsigned char *)bytes;
    return (struct attndyn_wire){at, length ? at + length : at}; /* at may be NULL: nothing there */
}

/* Seven bits a byte, the lowest first, at most ten bytes. */
static bool read_number(struct attndyn_wire *w, uint64_t *value) {
    *value = 0;
    for (unsigned shift = 0; shift < 70 && w->at < w->end; shift += 7) {
        unsigned char byte = *w->at++;
        if (shift == 63 && byte > 1) return false;
        *value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) return true;
    }
    return false;
}

static bool read_fixed(struct attndyn_wire *w, size_t bytes, uint64_t *value) {
    *value = 0;
    if ((size_t)(w->end - w->at) < bytes) return false;
    for (size_t i = 0; i < bytes; i++) *value |= (uint64_t)*w->at++ << (8 * i);
    return true;
}

bool attndyn_wire_next(struct attndyn_wire *w, struct attndyn_field *field, bool *damaged) {
    uint64_t tag;
    *field = (struct attndyn_field){0};
    if (w->at == w->end) return false;
    *damaged = true;
    if (!read_number(w, &tag) || tag >> 3 == 0 || tag >> 3 > 0x1FFFFFFF) return false;
    field->number = (uint32_t)(tag >> 3);
    switch (tag & 7) {
    case ATTNDYN_WIRE_NUMBER:
        field->kind = ATTNDYN_WIRE_NUMBER;
        if (!read_number(w, &field->value)) return false;
        break;
    case ATTNDYN_WIRE_8_BYTES:
        field->kind = ATTNDYN_WIRE_8_BYTES;
        if (!read_fixed(w, 8, &field->value)) return false;
        break;
    case ATTNDYN_WIRE_4_BYTES:
        field->kind = ATTNDYN_WIRE_4_BYTES;
        if (!read_fixed(w, 4, &field->value)) return false;
        break;
    case ATTNDYN_WIRE_BYTES:
        field->kind = ATTNDYN_WIRE_BYTES;
        if (!read_number(w, &field->value) || field->value > (uint64_t)(w->end - w->at))
            return false;
        field->bytes = (const char *)w->at;
        field->length = (size_t)field->value;
        w->at += field->length;
        break;
    default: /* groups (obsolete), and invalid wire types */
        return false;
    }
    *damaged = false;
    return true;
}

float attndyn_field_float(const struct attndyn_field *field) {
    uint32_t bits = (uint32_t)field->value;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}
