/** Whether the table in the kernel is what a given set of Services makes it. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { endpointSlices, keyOf, serviceKeysOf, services } from '../../src/api/index.ts'
import type { Caches } from '../../src/client/index.ts'
import { planService } from '../../src/proxy/plan.ts'
import { ChainsInUse } from '../../src/proxy/table/chains.ts'
import { Ledger } from '../../src/proxy/table/ledger.ts'
import type { Family } from '../../src/proxy/table/names.ts'
import { fullScript } from '../../src/proxy/table/script.ts'
import { POD_RANGES, SERVICE_RANGES, sh } from './proxy-network.ts'

const CLEAN = 'clean'

/** Fails unless this namespace's table is, to the element, what the whole plan makes in a namespace where nothing was before. */
export function assertTableIsRight(caches: Caches, family: Family = 'ip'): void {
  sh(`ip netns del ${CLEAN} 2>/dev/null || :; ip netns add ${CLEAN}`)
  const input = wholeScript(caches, family)
  execFileSync('ip', ['netns', 'exec', CLEAN, 'nft', '-f', '-'], { input })
  assert.deepEqual(tableOf('', family), tableOf(`ip netns exec ${CLEAN} `, family))
}

function wholeScript(caches: Caches, family: Family): string {
  const ledger = new Ledger()
  const context = { nodeName: 'node1', family }
  const slicesOf = caches.of(endpointSlices).indexBy(serviceKeysOf)
  for (const service of caches.of(services).list())
    ledger.set(keyOf(service), planService(service, slicesOf(keyOf(service)), context))
  const changes = [...ledger.all()]
  const isFamily = (range: string): boolean => range.includes(':') === (family === 'ip6')
  const base = { family, podCIDR: POD_RANGES.find(isFamily), serviceCIDRs: SERVICE_RANGES.filter(isFamily) }
  return fullScript({ changes, chains: new ChainsInUse().update(changes) }, base, [])
}

type Listed = Record<string, { name?: string; elem?: unknown[]; handle?: number; packets?: number; bytes?: number }>

/** Without handles, packets counted, and what packets have filled; in an order of its own. */
function tableOf(inside: string, family: Family): string[] {
  const { nftables } = JSON.parse(sh(`${inside}nft -j list table ${family} portolan-proxy`)) as { nftables: Listed[] }
  const objects = nftables.filter(({ metainfo }) => !metainfo).flatMap((object) => Object.entries(object))
  return objects
    .map(([kind, { handle: _h, packets: _p, bytes: _b, elem = [], ...rest }]) => {
      const filledByPackets = rest.name?.endsWith('-clients') ?? false
      return JSON.stringify([kind, rest, filledByPackets ? [] : elem.map((one) => JSON.stringify(one)).sort()])
    })
    .sort()
}
