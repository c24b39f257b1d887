#include "fold.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { NARROW = 40 }; /* a terminal that claims fewer columns is not believed */

int fold_columns(void) {
    struct winsize size;
    if (!isatty(STDOUT_FILENO)) return 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < NARROW) return 80;
    return size.ws_col;
}

/* Columns of n bytes of UTF-8: bytes that begin a character. */
static int width(const char *text, size_t n) {
    int columns = 0;
    for (size_t i = 0; i < n; i++) columns += ((unsigned char)text[i] & 0xC0) != 0x80;
    return columns;
}

/* Where the lines after the first begin. */
static int hang(const char *line, size_t n, int columns) {
    size_t start = strspn(line, " ");
    if (start > n) start = n;
    for (size_t i = start; i + 2 < n; i++) {
        if (line[i] != ' ' || line[i + 1] != ' ') continue;
        while (i < n && line[i] == ' ') i++;
        const int below = width(line, i);
        if (below <= columns / 2) return below;
        break;
    }
    return (int)start <= columns / 2 ? (int)start : 0;
}

static void put_line(FILE *to, const char *line, size_t n, int columns) {
    if (columns == 0 || width(line, n) <= columns) {
        fwrite(line, 1, n, to);
        return;
    }
    const int below = hang(line, n, columns);
    int at = 0;
    for (size_t i = 0; i < n;) {
        size_t blanks = 0, word = 0;
        while (i + blanks < n && line[i + blanks] == ' ') blanks++;
        while (i + blanks + word < n && line[i + blanks + word] != ' ') word++;
        const int needs = (int)blanks + width(line + i + blanks, word);
        if (at > below && at + needs > columns) {
            fprintf(to, "\n%*s", below, "");
            fwrite(line + i + blanks, 1, word, to);
            at = below + needs - (int)blanks;
        } else {
            fwrite(line + i, 1, blanks + word, to);
            at += needs;
        }
        i += blanks + word;
    }
}

void fold_put(FILE *to, const char *text, int columns) {
    for (;;) {
        const size_t n = strcspn(text, "\n");
        put_line(to, text, n, columns);
        if (text[n] == '\0') return;
        putc('\n', to);
        text += n + 1;
    }
}
