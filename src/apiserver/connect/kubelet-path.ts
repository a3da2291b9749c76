/** What a client calls it, and what a kubelet does: upstream's `pkg/registry/core/pod/strategy.streamParams`. */
const STREAMS: Readonly<Record<string, string>> = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' }
const LOG_OPTIONS = ['follow', 'previous', 'timestamps', 'sinceSeconds', 'sinceTime', 'tailLines', 'limitBytes', 'stream']

export interface ContainerName {
  readonly namespace: string
  readonly pod: string
  readonly container: string
}

const pathOf = (verb: string, { namespace, pod, container }: ContainerName, query: URLSearchParams): string => {
  const parts = [verb, namespace, pod, ...(container ? [container] : [])].map(encodeURIComponent)
  const text = query.toString()
  return `/${parts.join('/')}${text && `?${text}`}`
}

/** `/exec/default/web/nginx?input=1&output=1&command=sh`; `attach` likewise. */
export function streamPath(verb: 'exec' | 'attach', name: ContainerName, asked: URLSearchParams): string {
  const query = new URLSearchParams()
  for (const [option, theirs] of Object.entries(STREAMS)) if (isTrue(asked.get(option))) query.set(theirs, '1')
  for (const word of asked.getAll('command')) query.append('command', word)
  return pathOf(verb, name, query)
}

/** `/portForward/default/web?port=80` */
export function portForwardPath(name: ContainerName, asked: URLSearchParams): string {
  const query = new URLSearchParams()
  for (const port of asked.getAll('ports')) for (const one of port.split(',')) query.append('port', one)
  return pathOf('portForward', { ...name, container: '' }, query)
}

/** `/containerLogs/default/web/nginx?follow=true` */
export function logPath(name: ContainerName, asked: URLSearchParams): string {
  const query = new URLSearchParams()
  for (const option of LOG_OPTIONS) {
    const value = asked.get(option)
    if (value) query.set(option, value)
  }
  return pathOf('containerLogs', name, query)
}

const isTrue = (value: string | null): boolean => value === 'true' || value === '1'
