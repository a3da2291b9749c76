import { createHash } from 'node:crypto'
import { join } from 'node:path'

/** Where a node keeps what. Everything below `stateDir` goes with the bubble, everything below `dataDir` stays. */
export interface Layout {
  readonly sandboxes: string
  readonly crun: string
  readonly pods: string
  pod(uid: string): string
  container(uid: string, name: string): string
  run(uid: string, name: string, attempt: number): string
  volume(uid: string, name: string): string
  /** Where a run may leave its last words. */
  lastWords(uid: string, name: string, attempt: number): string
  /** The node's own seccomp profiles, by name. */
  readonly seccomp: string
  /** What all Pods have written, a folder each. */
  readonly logs: string
  /** The folder of a Pod's output, named as upstream names it: `default_kubia_<uid>`. */
  podLogs(pod: PodName): string
  log(pod: PodName, container: string, attempt: number): string
}

export interface PodName {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

export function createLayout(stateDir: string, dataDir: string): Layout {
  const pods = join(stateDir, 'pods')
  const logs = join(dataDir, 'logs', 'pods')
  const podLogs = ({ namespace, name, uid }: PodName): string => join(logs, `${namespace}_${name}_${uid}`)
  return {
    sandboxes: join(stateDir, 'sandboxes'),
    crun: join(stateDir, 'crun'),
    pods,
    pod: (uid) => join(pods, uid),
    container: (uid, name) => join(pods, uid, 'containers', name),
    run: (uid, name, attempt) => join(pods, uid, 'containers', name, String(attempt)),
    volume: (uid, name) => join(pods, uid, 'volumes', name),
    lastWords: (uid, name, attempt) => join(pods, uid, 'last-words', `${name}-${attempt}`),
    seccomp: join(dataDir, 'seccomp'),
    logs,
    podLogs,
    log: (pod, container, attempt) => join(podLogs(pod), container, `${attempt}.log`),
  }
}

/** Names that follow from what they name, so that nothing has to be remembered. */
const digest = (...parts: readonly (string | number)[]): string => createHash('sha256').update(parts.join('/')).digest('hex')

export const containerId = (uid: string, name: string, attempt: number): string => digest(uid, name, attempt)

/** An interface's name has 15 characters at most. */
export const interfaceName = (uid: string): string => `veth${digest(uid).slice(0, 8)}`

/** Also the name of the Pod's network namespace, for `ip netns exec`. */
export const sandboxName = ({ namespace, name, uid }: PodName): string => `${namespace}_${name}_${uid.slice(0, 8)}`
