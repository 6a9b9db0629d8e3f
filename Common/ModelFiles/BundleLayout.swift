/// How the files of a model lie one after the other in a bundle: before each a head, a byte that says whether it is
/// there and its size in eight bytes, the lowest first.
package struct BundleLayout: Sendable, Hashable {
    static let headBytes = 9

    /// Bytes of each file; nil for one that is not there.
    package let sizes: [Int?]

    package init(sizes: [Int?]) { self.sizes = sizes }

    /// Bytes of the whole bundle.
    package var byteCount: Int { sizes.reduce(0) { $0 + Self.headBytes + ($1 ?? 0) } }

    /// A part of the bundle, made of heads and of what `read` gives of files: exactly `range` of the file with this
    /// place in `sizes`, or nil, which makes all nil. What is outside of the bundle is left out.
    package func bytes(_ range: Range<Int>, read: (_ file: Int, _ range: Range<Int>) -> [UInt8]?) -> [UInt8]? {
        var bytes: [UInt8] = []
        var start = 0
        for (file, size) in sizes.enumerated() {
            let head = Self.head(of: size)
            bytes += head[Self.part(range, of: start..<start + head.count)]
            start += head.count
            let part = Self.part(range, of: start..<start + (size ?? 0))
            start += size ?? 0
            guard !part.isEmpty else { continue }
            guard let content = read(file, part), content.count == part.count else { return nil }
            bytes += content
        }
        return bytes
    }

    /// What of `range` lies in `place`, counted from there.
    private static func part(_ range: Range<Int>, of place: Range<Int>) -> Range<Int> {
        let common = range.clamped(to: place)
        return common.lowerBound - place.lowerBound..<common.upperBound - place.lowerBound
    }

    static func head(of size: Int?) -> [UInt8] {
        let count = UInt64(size ?? 0)
        return [size == nil ? 0 : 1] + (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
    }

    /// The size that a head says; nil for what is no head.
    static func size(ofHead head: ArraySlice<UInt8>) -> Int?? {
        guard head.count == headBytes, let flag = head.first, flag <= 1 else { return nil }
        var size: UInt64 = 0
        for byte in head.dropFirst().reversed() { size = size << 8 | UInt64(byte) }
        guard let size = Int(exactly: size), flag == 1 || size == 0 else { return nil }
        return .some(flag == 1 ? size : nil)
    }
}
