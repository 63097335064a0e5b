package dev.tenon.testkit.servers;

import java.util.Map;

/**
 * A PostgreSQL server from one of the sources.
 *
 * @param parameters of connections, beyond host, port, database and credentials
 * @param psqlProgram the program to paste into a shell
 */
record PostgresBackend(
    ServerBackend server,
    Map<String, String> parameters,
    Credentials superuser,
    String psqlProgram) {}
