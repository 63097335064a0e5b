package dev.tenon.cache;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;

/** The one class that names the optional library for CBOR. */
final class CborMapper {

  private CborMapper() {}

  static ObjectMapper strict() {
    return StrictMapping.of(CBORMapper.builder()).build();
  }
}
