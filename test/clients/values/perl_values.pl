# Stores one of each kind of value. Arguments: the port; Cache::Memcached or Cache::Memcached::Fast.
use strict;
use warnings;
use utf8;
use Encode ();

my ($port, $module) = @ARGV;
eval "require $module" or die $@;
my $memcached = $module->new({ servers => ["127.0.0.1:$port"], compress_threshold => 1000 });
my $long = "saveToLocal('" . 'memq is a queue. ' x 2000 . "')";

sub store {
    my ($client, $queue, $value) = @_;
    $client->set($queue, $value) or die "$queue not stored";
}

$memcached->enable_compress(1);
store($memcached, 'call', "saveToLocal('hi')");
store($memcached, 'unicode', Encode::encode_utf8("saveToLocal('哈哈 ü')"));
store($memcached, 'long', $long);
store($memcached, 'integer', 5);
store($memcached, 'list', ['hi']);
store($memcached, 'list-compressed', [$long]);
if ($module eq 'Cache::Memcached::Fast') {
    my $unicode = $module->new({ servers => ["127.0.0.1:$port"], utf8 => 1, compress_threshold => 1000 });
    store($unicode, 'unicode-utf8', "saveToLocal('哈哈 ü')");
    my $local = $module->new({
        servers           => ["127.0.0.1:$port"],
        serialize_methods => [\&Storable::freeze, \&Storable::thaw],
    });
    store($local, 'list-freeze', ['hi']);
}
