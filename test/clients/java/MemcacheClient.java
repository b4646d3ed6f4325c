import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import net.spy.memcached.ConnectionFactoryBuilder;
import net.spy.memcached.ConnectionFactoryBuilder.Protocol;
import net.spy.memcached.MemcachedClient;

/** Does with spymemcached what test/clients/driver.ts asks for. Arguments: the port; TEXT or BINARY. */
public class MemcacheClient {
  private static final Map<String, Object> OWN =
      new java.util.HashMap<>(Map.of("list", new ArrayList<>(List.of(1, 2.5, true)), "text", "ü".repeat(10_000)));

  private final MemcachedClient client;

  private MemcacheClient(String port, String protocol) throws Exception {
    System.setProperty("net.spy.log.LoggerImpl", "net.spy.memcached.compat.log.SunLogger");
    Logger.getLogger("net.spy.memcached").setLevel(Level.OFF);
    client =
        new MemcachedClient(
            new ConnectionFactoryBuilder()
                .setProtocol(Protocol.valueOf(protocol))
                .setShouldOptimize(false)
                .setOpTimeout(10_000)
                .setMaxReconnectDelay(1)
                .setDaemon(true)
                .build(),
            List.of(new InetSocketAddress("127.0.0.1", Integer.parseInt(port))));
  }

  private static String encode(Object value) {
    if (value == null) return "-";
    byte[] bytes = value instanceof byte[] ? (byte[]) value : value.toString().getBytes();
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static String found(Object value) {
    return value == null ? "no" : "ok " + encode(value);
  }

  private static String done(boolean isDone) {
    return isDone ? "ok" : "no";
  }

  private static Object first(Map<SocketAddress, ?> answers) {
    return answers.values().iterator().next();
  }

  private String answer(String[] words) throws Exception {
    String key = words.length > 1 ? words[1] : "";
    switch (words[0]) {
      case "set":
        return done(client.set(key, 0, Base64.getDecoder().decode(words[2])).get());
      case "get":
        return found(client.get(key));
      case "many":
        List<String> keys = Arrays.asList(words).subList(1, words.length);
        Map<String, Object> values = client.getBulk(keys);
        List<String> reply = new ArrayList<>(List.of("ok"));
        for (String each : keys) reply.add(encode(values.get(each)));
        return String.join(" ", reply);
      case "delete":
        return done(client.delete(key).get());
      case "stat":
        return found(((Map<?, ?>) first(client.getStats())).get(key));
      case "version":
        return found(first(client.getVersions()));
      case "set-own":
        return done(client.set(key, 0, OWN).get());
      case "get-own":
        return done(OWN.equals(client.get(key)));
      default:
        return "unsupported";
    }
  }

  public static void main(String[] args) throws Exception {
    MemcacheClient driver = new MemcacheClient(args[0], args[1]);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String reply;
      try {
        reply = driver.answer(line.split(" "));
      } catch (Exception e) {
        reply = "error " + e;
      }
      System.out.println(reply.replace('\n', ' '));
    }
    driver.client.shutdown(1, TimeUnit.SECONDS);
  }
}
