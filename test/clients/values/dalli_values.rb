# Stores one of each kind of value with dalli. Argument: the port.
require 'dalli'
require 'json'

LONG = "saveToLocal('#{'memq is a queue. ' * 2000}')".freeze
RAW = { raw: true }.freeze

def client(**options)
  Dalli::Client.new("127.0.0.1:#{ARGV[0]}", **options)
end

dalli = client
dalli.set('call', "saveToLocal('hi')", 0, RAW)
dalli.set('unicode', "saveToLocal('哈哈 ü')", 0, RAW)
dalli.set('long', LONG, 0, RAW)
client(compressor: Dalli::GzipCompressor).set('long-gzip', LONG, 0, RAW)
dalli.set('string', "saveToLocal('hi')")
dalli.set('integer', 5)
dalli.set('list', ['hi'])
dalli.set('list-compressed', [LONG])

json = client(serializer: JSON)
json.set('json', { method: 'saveToLocal', args: ['hi'] })
json.set('json-string', "saveToLocal('hi')")
json.set('long-json', { class: 'Worker', method: 'saveToLocal', args: ['memq is a queue. ' * 2000] })
json.set('json-integer', 5)
