import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import net.spy.memcached.ConnectionFactoryBuilder;
import net.spy.memcached.MemcachedClient;

/** Stores one of each kind of value with spymemcached. Argument: the port. */
class SpymemcachedValues {
  private static final String LONG = "saveToLocal('" + "memq is a queue. ".repeat(2000) + "')";

  public static void main(String[] args) throws Exception {
    System.setProperty("net.spy.log.LoggerImpl", "net.spy.memcached.compat.log.SunLogger");
    Logger.getLogger("net.spy.memcached").setLevel(Level.OFF);
    var server = new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0]));
    var client = new MemcachedClient(new ConnectionFactoryBuilder().setDaemon(true).build(), List.of(server));
    Object[] values = {
      "call", "saveToLocal('hi')",
      "call-bytes", "saveToLocal('hi')".getBytes(),
      "unicode", "saveToLocal('\u54c8\u54c8 \u00fc')",
      "long", LONG,
      "integer", 5,
      "integer-negative", -5,
      "integer-long", 1L << 40,
      "byte", (byte) 5,
      "float", 2.5f,
      "double", 2.5,
      "true", true,
      "false", false,
      "date", new Date(1_700_000_000_000L),
      "list", new ArrayList<>(List.of("hi")),
      "list-compressed", new ArrayList<>(List.of(LONG)),
    };
    for (int i = 0; i < values.length; i += 2) {
      if (!client.set((String) values[i], 0, values[i + 1]).get()) throw new IllegalStateException("not stored");
    }
    client.shutdown();
  }
}
