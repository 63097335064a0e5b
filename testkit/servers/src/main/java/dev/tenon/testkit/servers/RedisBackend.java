package dev.tenon.testkit.servers;

/**
 * A Redis server from one of the sources.
 *
 * @param credentials the user is empty for the default one
 */
record RedisBackend(ServerBackend server, Credentials credentials) {}
