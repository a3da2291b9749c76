/** What came of doing once what a probe or a lifecycle hook says. */
export interface Outcome {
  readonly ok: boolean
  /** Whether it could not be found out at all, which says nothing of the container. */
  readonly unknown?: boolean
  /** Why not, in upstream's words. */
  readonly message: string
  /** What is odd about it though it is fine. */
  readonly warning?: string
}

/** `dial tcp 10.244.1.5:8080: connect: connection refused`, as Go says it. */
export function dialError(error: NodeJS.ErrnoException, target: string, signal: AbortSignal): string {
  if (signal.aborted) return `dial tcp ${target}: i/o timeout`
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'connect: connection refused',
    EHOSTUNREACH: 'connect: no route to host',
    ENETUNREACH: 'connect: network is unreachable',
  }
  return `dial tcp ${target}: ${words[error.code ?? ''] ?? error.message}`
}
