/// What went wrong, in one word that stays the same however the sentence is worded: the member `reason` of an error.
enum ErrorCode: String, Sendable, Hashable, CaseIterable {
    // The request.
    case malformedRequest = "malformed_request"
    case invalidBody = "invalid_body"
    case bodyTooLarge = "body_too_large"
    case misdirected
    case requestTooSlow = "request_too_slow"
    case modelMissing = "model_missing"
    case promptMissing = "prompt_missing"
    case promptTooLong = "prompt_too_long"
    case tooManyPrompts = "too_many_prompts"
    case unauthenticated
    // Where it goes.
    case pathNotFound = "path_not_found"
    case routeNotFound = "route_not_found"
    case noBackend = "no_backend"
    case targetNotFound = "target_not_found"
    case noPods = "no_pods"
    case unschedulable
    case providerNotReady = "provider_not_ready"
    case providerPath = "provider_path"
    // How much may go there.
    case tokenLimit = "token_limit"
    case limiterUnavailable = "limiter_unavailable"
    case queueFull = "queue_full"
    case queueTimeout = "queue_timeout"
    // What came of it.
    case allPodsFailed = "all_pods_failed"
    case retryBudget = "retry_budget"
    case providerFailed = "provider_failed"
    case requestTimeout = "request_timeout"
    case answerCut = "answer_cut"
    case clientGone = "client_gone"
    case shuttingDown = "shutting_down"
}
