import EngineSimulator
import JSONValues
import Testing

struct BlockHasherTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 1_000),
            "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"
        ),
    ])
    func `is SHA-256`(text: String, digest: String) {
        #expect(SHA256.digest(Array(text.utf8)).hexadecimal == digest)
    }

    @Test func `makes the hashes real engines published`() throws {
        let file = try Recording.json("hash-vectors.json")
        let vectors = try #require(file["vectors"]?.array)
        var checked = 0
        for vector in vectors where vector["hash_algo"] == "sha256_cbor" && vector["vllm_version"] == "0.32.0" {
            let hasher = BlockHasher(seed: try #require(vector["none_hash_seed"]?.string))
            let size = try #require(vector["block_size"]?.integer)
            let tokens = (vector["token_ids"]?.elements ?? []).compactMap(\.integer).map { UInt32($0) }
            let isSalted = vector["request_label"] == "cache-salt"
            var parent: Digest?
            for block in vector["blocks"]?.elements ?? [] {
                let index = try #require(block["i"]?.integer)
                let digest = hasher.hash(
                    parent: parent, tokens: tokens[index * size..<(index + 1) * size],
                    extraKeys: isSalted && index == 0 ? [.salt("tenant-7")] : [])
                #expect(digest.hexadecimal == block["digest_hex"]?.string)
                #expect("\(digest.low64)" == block["published_u64"]?.string)
                parent = digest
                checked += 1
            }
        }
        #expect(checked == 19)
    }
}
