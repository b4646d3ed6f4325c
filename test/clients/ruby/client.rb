# Does with dalli what test/clients/driver.ts asks for. Argument: the port.
require 'dalli'

port = ARGV[0]
Dalli.logger.level = Logger::FATAL
RAW = { raw: true }.freeze
OWN = { 'list' => [1, 2.5, nil, true], 'text' => 'ü' * 10000 }.freeze
options = { socket_timeout: 10, down_retry_delay: 1 }
client = Dalli::Client.new("127.0.0.1:#{port}", compress: false, **options)
own = Dalli::Client.new("127.0.0.1:#{port}", **options)

def encode(value)
  value.nil? ? '-' : [value.to_s].pack('m0')
end

def found(value)
  value.nil? ? 'no' : "ok #{encode(value)}"
end

$stdout.sync = true
$stdin.each_line(chomp: true) do |line|
  verb, key, value = words = line.split
  reply =
    begin
      case verb
      when 'set' then client.set(key, value.unpack1('m'), 0, RAW) ? 'ok' : 'error not stored'
      when 'get' then found(client.get(key))
      when 'many'
        values = client.get_multi(words.drop(1))
        ['ok', *words.drop(1).map { |each| encode(values[each]) }].join(' ')
      when 'delete' then client.delete(key) ? 'ok' : 'no'
      when 'stat' then found(client.stats["127.0.0.1:#{port}"][key])
      when 'version' then found(client.version["127.0.0.1:#{port}"])
      when 'set-own' then own.set(key, OWN) ? 'ok' : 'error not stored'
      when 'get-own' then own.get(key) == OWN ? 'ok' : 'no'
      end
    rescue StandardError => e
      "error #{e.class} #{e.message}"
    end
  puts reply
end
