// How large a contact's picture may be.

/**
 * MS-ASCNTC 2.2.2.58 stops at 48 KB of base64, with Status 6 for the whole contact beyond it. Phones send more than that (Z-Push takes
 * 5 MB), and to refuse a contact for its picture loses the rest of it too: the limit is what a phone can do without harm to an answer.
 */
export const pictureBytesMax = 1024 * 1024
