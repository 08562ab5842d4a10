// Checks a Keystile ledger with code that Keystile does not share: Go's own checksum-database
// packages. They open the checkpoint, recompute the tree from the entry bundles, compare every hash
// tile, and check a proof of every entry and the tlog-proof files that are given.
//
//	ledger_verifier FOLDER [ENTRY.tlog-proof…]
//
// src/ledger/foreign_test.cc builds it with Debian's own golang-golang-x-mod-dev.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight, tileWidth = 8, 256

type storage []tlog.Hash

func (s storage) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = s[index]
	}
	return out, nil
}

func must(err error, what string) {
	if err != nil {
		log.Fatalf("%s: %v", what, err)
	}
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	must(err, "reading")
	return data
}

// tile/0/x001/067.p/17, as https://c2sp.org/tlog-tiles has it.
func tilePath(kind string, n int64, width int) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	if width < tileWidth {
		path += fmt.Sprintf(".p/%d", width)
	}
	return "tile/" + kind + "/" + path
}

// Opens a checkpoint: origin, tree, text.
func open(data []byte, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open(data, note.VerifierList(verifier))
	must(err, "checkpoint")
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		log.Fatalf("checkpoint: unexpected text %q", opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err, "checkpoint size")
	root, err := tlog.ParseHash(lines[2])
	must(err, "checkpoint root")
	return tlog.Tree{N: size, Hash: root}
}

func readEntries(folder string, size int64) [][]byte {
	var entries [][]byte
	for first := int64(0); first < size; first += tileWidth {
		width := tileWidth
		if size-first < tileWidth {
			width = int(size - first)
		}
		data := read(filepath.Join(folder, tilePath("entries", first/tileWidth, width)))
		for len(data) > 0 {
			length := 2 + int(binary.BigEndian.Uint16(data))
			entries = append(entries, data[2:length])
			data = data[length:]
		}
	}
	return entries
}

func checkTiles(folder string, size int64, hashes storage) int {
	count := 0
	for level := 0; size>>(tileHeight*level) > 0; level++ {
		total := size >> (tileHeight * level)
		for n := int64(0); n*tileWidth < total; n++ {
			width := tileWidth
			if total-n*tileWidth < tileWidth {
				width = int(total - n*tileWidth)
			}
			want, err := tlog.ReadTileData(tlog.Tile{H: tileHeight, L: level, N: n, W: width}, hashes)
			must(err, "tile")
			path := tilePath(strconv.Itoa(level), n, width)
			if !bytes.Equal(want, read(filepath.Join(folder, path))) {
				log.Fatalf("%s differs", path)
			}
			count++
		}
	}
	return count
}

// A tlog-proof file: header, index, hashes, an empty line, the checkpoint.
func checkProof(path string, entries [][]byte, verifier note.Verifier) {
	head, checkpoint, _ := strings.Cut(string(read(path)), "\n\n")
	lines := strings.Split(head, "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		log.Fatalf("%s: not a tlog-proof", path)
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	must(err, path)
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		data, err := base64.StdEncoding.DecodeString(line)
		must(err, path)
		var hash tlog.Hash
		copy(hash[:], data)
		proof = append(proof, hash)
	}
	tree := open([]byte(checkpoint), verifier)
	must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entries[index])), path)
}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 {
		log.Fatal("usage: ledger_verifier FOLDER [ENTRY.tlog-proof…]")
	}
	folder := os.Args[1]
	verifier, err := note.NewVerifier(strings.TrimSpace(string(read(filepath.Join(folder, "log.vkey")))))
	must(err, "log.vkey")
	tree := open(read(filepath.Join(folder, "checkpoint")), verifier)
	entries := readEntries(folder, tree.N)
	if int64(len(entries)) != tree.N {
		log.Fatalf("the bundles hold %d entries, the checkpoint says %d", len(entries), tree.N)
	}
	var hashes storage
	for i, entry := range entries {
		more, err := tlog.StoredHashes(int64(i), entry, hashes)
		must(err, "hashing")
		hashes = append(hashes, more...)
	}
	root, err := tlog.TreeHash(tree.N, hashes)
	must(err, "tree hash")
	if root != tree.Hash {
		log.Fatalf("the entries give the root %v, the checkpoint says %v", root, tree.Hash)
	}
	tiles := checkTiles(folder, tree.N, hashes)
	for i, entry := range entries {
		proof, err := tlog.ProveRecord(tree.N, int64(i), hashes)
		must(err, "proving")
		must(tlog.CheckRecord(proof, tree.N, tree.Hash, int64(i), tlog.RecordHash(entry)), "proof")
	}
	for _, path := range os.Args[2:] {
		checkProof(path, entries, verifier)
	}
	fmt.Printf("%s: %d entries, %d hash tiles, root %v, %d proof files: all good\n",
		verifier.Name(), tree.N, tiles, root, len(os.Args)-2)
}
