import { readFileSync } from 'node:fs'

/** capabilities(7): who has it may spare processes more than they were spared before. */
const CAP_SYS_RESOURCE = 24n

/**
 * The lowest oom_score_adj (proc_pid_oom_score_adj(5)) that this process may give to another: -1000, or its own in a container that
 * may not go lower.
 */
export function lowestOomScore(): number {
  const capabilities = BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`)
  if ((capabilities >> CAP_SYS_RESOURCE) & 1n) return -1000
  return Number(readFileSync('/proc/self/oom_score_adj', 'utf8'))
}
