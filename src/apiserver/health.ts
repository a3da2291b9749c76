import type { HttpResponse } from '../wire/index.ts'
import { textResponse } from './http/respond.ts'
import type { Core } from './registry/core.ts'

const ENDPOINTS = ['livez', 'readyz', 'healthz']

interface Check {
  readonly name: string
  readonly holds: (core: Core) => boolean
}

/** Named as upstream's, where it has them. The store stands for etcd. */
const CHECKS: readonly Check[] = [
  { name: 'ping', holds: () => true },
  { name: 'log', holds: () => true },
  { name: 'etcd', holds: ({ store }) => store.revision > 0 },
  { name: 'shutdown', holds: ({ closing }) => !closing.aborted },
]

/**
 * `/livez`, `/readyz` and `/healthz`, with `?verbose` and `?exclude=`, and each check by itself, `/livez/ping`. Undefined
 * for every other path. As upstream's `apiserver/pkg/server/healthz`.
 */
export function health(core: Core, path: string, query: URLSearchParams): HttpResponse | undefined {
  const [, endpoint = '', name, ...more] = path.split('/')
  if (!ENDPOINTS.includes(endpoint) || more.length > 0) return undefined
  if (name) {
    const check = CHECKS.find((one) => one.name === name)
    return check && (check.holds(core) ? textResponse(200, 'ok') : textResponse(500, `internal server error: ${name} failed`))
  }
  const excluded = new Set(query.getAll('exclude'))
  const checks = CHECKS.map((check) => ({ ...check, excluded: excluded.has(check.name), holding: check.holds(core) }))
  const failed = checks.filter((check) => !check.excluded && !check.holding)
  if (failed.length === 0 && !query.has('verbose')) return textResponse(200, 'ok')
  const lines = checks.map((check) => `${lineOf(check)}\n`).join('')
  return textResponse(failed.length === 0 ? 200 : 500, `${lines}${endpoint} check ${failed.length === 0 ? 'passed' : 'failed'}\n`)
}

function lineOf({ name, excluded, holding }: { name: string; excluded: boolean; holding: boolean }): string {
  if (excluded) return `[+]${name} excluded: ok`
  return holding ? `[+]${name} ok` : `[-]${name} failed: reason withheld`
}
