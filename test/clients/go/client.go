// Does with gomemcache what test/clients/driver.ts asks for. Argument: the port.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
)

var own = &memcache.Item{Value: bytes.Repeat([]byte("ü"), 5000), Flags: 0xfedcba98}

func encode(item *memcache.Item) string {
	if item == nil {
		return "-"
	}
	return base64.StdEncoding.EncodeToString(item.Value)
}

func reply(err error, words ...string) string {
	switch err {
	case nil:
		return strings.Join(append([]string{"ok"}, words...), " ")
	case memcache.ErrCacheMiss:
		return "no"
	default:
		return "error " + err.Error()
	}
}

func answer(client *memcache.Client, verb string, words []string) string {
	switch verb {
	case "set":
		value, _ := base64.StdEncoding.DecodeString(words[1])
		return reply(client.Set(&memcache.Item{Key: words[0], Value: value}))
	case "get":
		item, err := client.Get(words[0])
		return reply(err, encode(item))
	case "many":
		items, err := client.GetMulti(words)
		values := []string{}
		for _, key := range words {
			values = append(values, encode(items[key]))
		}
		return reply(err, values...)
	case "delete":
		return reply(client.Delete(words[0]))
	case "set-own":
		return reply(client.Set(&memcache.Item{Key: words[0], Value: own.Value, Flags: own.Flags}))
	case "get-own":
		item, err := client.Get(words[0])
		if err == nil && (item.Flags != own.Flags || !bytes.Equal(item.Value, own.Value)) {
			return "no"
		}
		return reply(err)
	}
	return "unsupported"
}

func main() {
	client := memcache.New("127.0.0.1:" + os.Args[1])
	client.Timeout = 10 * time.Second
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		fmt.Println(answer(client, words[0], words[1:]))
	}
}
