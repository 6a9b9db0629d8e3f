/// Hashes of the blocks of a prompt, each covering all before it.
///
/// 1. `local(i)` = XXH3-64, seed 1337, over the tokens of block i as little-endian 32-bit words.
/// 2. `chain(0)` = `local(0)` in the plain namespace, else `join(namespace, local(0))`.
/// 3. `chain(i)` = `join(chain(i - 1), local(i))`; `join(a, b)` = XXH3-64, seed 1337, over a and b as little-endian
///    64-bit words.
/// 4. `namespace` = XXH3-64, seed 1337, over the adapter's length in bytes (little-endian, 64 bits), the adapter and
///    the salt, both in UTF-8.
/// 5. Only full blocks have a hash: a rest of fewer than `blockSize` tokens is left out.
package enum BlockChain {
    /// The seed of every hash here; other indexes of the field use the same, so recorded corpora compare.
    package static let seed: UInt64 = 1337

    /// One hash for each full block of a prompt's `tokens`, first to last; `blockSize` ≥ 1 tokens.
    package static func hashes(
        of tokens: [UInt32], blockSize: Int, namespace: ChainNamespace = ChainNamespace()
    ) -> [BlockHash] {
        hashes(of: tokens, blockSize: blockSize, root: root(of: namespace))
    }

    /// Continues a chain: `tokens` follow the block `parent`, whose hash covers the namespace already.
    package static func hashes(of tokens: [UInt32], blockSize: Int, after parent: BlockHash) -> [BlockHash] {
        hashes(of: tokens, blockSize: blockSize, root: parent.value)
    }

    private static func hashes(of tokens: [UInt32], blockSize: Int, root: UInt64?) -> [BlockHash] {
        var result: [BlockHash] = []
        append(to: &result, tokens, tokens.indices, blockSize, root)
        return result
    }

    /// Appends the hashes of the full blocks of `tokens[range]` to a chain's, in the plain namespace; they follow the
    /// block `parent`, or start a prompt when that is nil.
    package static func extend(
        _ chain: inout [BlockHash], by tokens: [UInt32], _ range: Range<Int>, blockSize: Int, after parent: BlockHash?
    ) {
        append(to: &chain, tokens, range, blockSize, parent?.value)
    }

    private static func append(
        to result: inout [BlockHash], _ tokens: [UInt32], _ range: Range<Int>, _ blockSize: Int, _ root: UInt64?
    ) {
        precondition(blockSize > 0, "a block has at least one token")
        let count = range.count / blockSize
        result.reserveCapacity(result.count + count)
        var previous = root
        // Tokens lie in memory as the hash wants them on little-endian machines, the only ones supported.
        let bytes = unsafe tokens.span.bytes
        for block in 0..<count {
            let start = (range.lowerBound + block * blockSize) * 4
            let local = XXH3.hash(bytes.extracting(start..<(start + blockSize * 4)), seed: seed)
            let hash = previous.map { join($0, local) } ?? local
            result.append(BlockHash(hash))
            previous = hash
        }
    }

    /// What the first block of a namespace is joined to; nil in the plain one.
    private static func root(of namespace: ChainNamespace) -> UInt64? {
        if namespace.adapter.isEmpty && namespace.salt.isEmpty { return nil }
        let adapter = Array(namespace.adapter.utf8)
        var bytes = littleEndian(UInt64(adapter.count))
        bytes += adapter
        bytes += Array(namespace.salt.utf8)
        return XXH3.hash(bytes, seed: seed)
    }

    /// XXH3 over two words.
    private static func join(_ parent: UInt64, _ local: UInt64) -> UInt64 {
        let pair: InlineArray<2, UInt64> = [parent.littleEndian, local.littleEndian]
        return unsafe XXH3.hash(pair.span.bytes, seed: seed)
    }

    private static func littleEndian(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (UInt64($0) * 8)) }
    }
}
