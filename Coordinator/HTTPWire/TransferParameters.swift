/// The `kv_transfer_params` object that a prefill engine answers with and a decode engine reads.
package enum TransferParameters {
    /// Members a decode engine indexes without looking whether they are there: without one of them its process dies.
    private static let required = ["remote_engine_id", "remote_block_ids", "remote_host", "remote_port"].map {
        Array("\"\($0)\"".utf8)
    }

    /// What a prefill engine is asked with.
    package static let prefill = Array(
        ("{\"do_remote_decode\":true,\"do_remote_prefill\":false,\"remote_engine_id\":null,\"remote_block_ids\":null,"
            + "\"remote_host\":null,\"remote_port\":null}").utf8)

    /// The object of a prefill response, as written, when it is whole; nil when it is absent, null or lacks a member.
    package static func object(in response: Span<UInt8>) -> [UInt8]? {
        guard let members = try? JSONMembers.scan(response), let member = members[.kvTransferParams],
            member.kind == .object
        else { return nil }
        let object = response.extracting(member.value)
        guard required.allSatisfy({ ByteSearch.first($0, in: object, from: 0) != nil }) else { return nil }
        return object.copied
    }
}
