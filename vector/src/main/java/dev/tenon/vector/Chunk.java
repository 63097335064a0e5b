package dev.tenon.vector;

import java.util.UUID;

/**
 * A part of a document, as a row with its embedding.
 *
 * @param documentId whose part it is
 * @param ordinal its place among the parts, from 0
 * @param fromOffset where it begins in the document, as the caller counts
 * @param toOffset behind its last character
 * @param hash SHA-256 of the text in UTF-8, in hexadecimal digits
 */
public record Chunk(
    UUID id,
    UUID documentId,
    int ordinal,
    int fromOffset,
    int toOffset,
    String text,
    String hash,
    Embedding embedding) {}
