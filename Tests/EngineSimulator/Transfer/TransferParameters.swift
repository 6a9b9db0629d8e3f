import JSONValues

/// `kv_transfer_params` as the pull connectors read and write it.
enum TransferParameters {
    /// What a request's object means to an engine.
    enum Reading: Hashable, Sendable {
        case part(TransferPart)
        /// A decode engine meets the prefill engine of this id, at this bootstrap server, under the transfer's id.
        case meeting(transferID: String, engineID: String, bootstrap: String)
        /// The real engine's process dies of it; the reason is what its log would say.
        case fatal(String)
    }

    /// `settings` is nil for an engine without a connector, which ignores the object.
    static func read(_ object: JSONValue?, settings: KVTransferSettings?) -> Reading {
        guard let object, let settings else { return .part(.none) }
        let isLent = object["do_remote_decode"]?.bool ?? false
        let isPulled = object["do_remote_prefill"]?.bool ?? false
        switch settings.connector {
        case .other: return .part(.none)
        case .transferID:
            if isPulled, settings.role == .producer {
                return .fatal("AssertionError: a producer got do_remote_prefill")
            }
            if isLent, settings.role == .consumer { return .fatal("AssertionError: a consumer got do_remote_decode") }
            return meeting(object, isLent: isLent, isPulled: isPulled)
        case .pull:
            if isPulled { return pulls(object) }
            return .part(isLent ? .lends : .none)
        }
    }

    /// Where a member is missing, engines that meet write a warning and go on alone.
    private static func meeting(_ object: JSONValue, isLent: Bool, isPulled: Bool) -> Reading {
        guard let id = object["transfer_id"]?.string else { return .part(.none) }
        if isLent { return .part(.lendsUnder(id)) }
        guard isPulled, let engine = object["remote_engine_id"]?.string,
            let bootstrap = object["remote_bootstrap_addr"]?.string
        else { return .part(.none) }
        return .meeting(transferID: id, engineID: engine, bootstrap: bootstrap)
    }

    private static func pulls(_ object: JSONValue) -> Reading {
        let needed = ["remote_block_ids", "remote_engine_id", "remote_request_id", "remote_host", "remote_port"]
        for key in needed where object[key] == nil { return .fatal("KeyError: '\(key)'") }
        guard let engine = object["remote_engine_id"]?.string, let request = object["remote_request_id"]?.string,
            let host = object["remote_host"]?.string,
            let port = object["remote_port"]?.integer ?? object["remote_port"]?.string.flatMap({ Int($0) })
        else { return .fatal("TypeError: a remote_* value of kv_transfer_params has the wrong type") }
        let groups = object["remote_block_ids"]?.elements ?? []
        let blocks = groups.flatMap { $0.array ?? [$0] }.compactMap(\.integer)
        return .part(
            .pulls(
                RemotePrefill(
                    engineID: engine, requestID: request, host: host, port: port, blockIDs: blocks,
                    cachedTokens: object["remote_prefill_cached_tokens"]?.integer)))
    }

    /// The object a prefill engine answers with.
    static func write(_ lent: LentBlocks, engineID: String, host: String, port: Int, tensorParallel: Int) -> JSONValue {
        var object: JSONValue = [
            "do_remote_prefill": true, "do_remote_decode": false,
            "remote_block_ids": [.array(lent.blockIDs.map { JSONValue($0) })],
            "remote_engine_id": .string(engineID), "remote_request_id": .string(lent.requestID),
            "remote_host": .string(host), "remote_port": JSONValue(port), "tp_size": JSONValue(tensorParallel),
            "dcp_size": 1, "pp_size": 1, "remote_num_tokens": JSONValue(lent.tokens),
            "remote_blocks_expiry_time": .null, "transfer_mode": "pull",
        ]
        if let cached = lent.cachedTokens { object["remote_prefill_cached_tokens"] = JSONValue(cached) }
        return object
    }
}
