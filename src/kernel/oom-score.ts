import { readFileSync } from 'node:fs'
import { ownCapabilities } from './capabilities.ts'

/**
 * The lowest oom_score_adj (proc_pid_oom_score_adj(5)) that this process may give to another: -1000, or its own in a container that
 * may not go lower.
 */
export const lowestOomScore = (): number =>
  ownCapabilities().includes('SYS_RESOURCE') ? -1000 : Number(readFileSync('/proc/self/oom_score_adj', 'utf8'))
