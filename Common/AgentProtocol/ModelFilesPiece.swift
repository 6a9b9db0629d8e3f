/// The files of a model as an engine loads them, by their content.
package struct ModelFilesID: Sendable, Hashable {
    /// SHA-256 of the bundle of the files, as 64 hexadecimal digits.
    package var digest: String
    /// Bytes of the bundle.
    package var byteCount: Int

    package init(digest: String, byteCount: Int) {
        self.digest = digest
        self.byteCount = byteCount
    }
}

/// Where a piece of a bundle of files begins.
package struct ModelFilesPlace: Sendable, Hashable {
    package var digest: String
    package var offset: Int

    package init(digest: String, offset: Int) {
        self.digest = digest
        self.offset = offset
    }
}

/// A piece of a bundle of files, sent for each question. Whoever asks says where the next one begins, so nothing has to
/// be kept or counted between two of them.
package struct ModelFilesPiece: Sendable, Hashable {
    package var place: ModelFilesPlace
    /// Bytes of the whole bundle; 0 where the files are not there any more.
    package var total: Int
    /// At most `AgentProtocolLimits.pieceBytesMax`.
    package var bytes: [UInt8]

    package init(place: ModelFilesPlace, total: Int, bytes: [UInt8]) {
        self.place = place
        self.total = total
        self.bytes = bytes
    }
}

extension ModelFilesID {
    func write(to writer: inout WireWriter) {
        writer.text(digest)
        writer.count(byteCount)
    }

    init(from reader: inout WireReader) throws(WireError) {
        let digest = try reader.text("a digest of files", max: ModelFilesPlace.digestBytesMax)
        self.init(digest: digest, byteCount: try reader.count("a size of files"))
    }
}

extension ModelFilesPlace {
    static let digestBytesMax = 128

    func write(to writer: inout WireWriter) {
        writer.text(digest)
        writer.count(offset)
    }

    init(from reader: inout WireReader) throws(WireError) {
        let digest = try reader.text("a digest of files", max: Self.digestBytesMax)
        self.init(digest: digest, offset: try reader.count("an offset in files"))
    }
}

extension ModelFilesPiece {
    func write(to writer: inout WireWriter) {
        place.write(to: &writer)
        writer.count(total)
        writer.bytes(bytes[..<min(bytes.count, AgentProtocolLimits.pieceBytesMax)])
    }

    init(from reader: inout WireReader) throws(WireError) {
        let place = try ModelFilesPlace(from: &reader)
        let total = try reader.count("a size of files")
        self.init(
            place: place, total: total,
            bytes: try reader.bytes("a piece of files", max: AgentProtocolLimits.pieceBytesMax))
    }
}
