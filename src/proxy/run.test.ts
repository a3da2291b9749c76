import assert from 'node:assert/strict'
import { test } from 'node:test'
import { services } from '../api/index.ts'
import { fakeConntrack, type Nft, NftError } from '../kernel/index.ts'
import { silent, systemClock } from '../lib/index.ts'
import { eventually, fakeCaches } from '../testing/index.ts'
import { runProxy } from './run.ts'

/** An nft that keeps what it is told, and refuses what is for IPv6 where the kernel doesn't know it. */
function fakeNft({ knowsIPv6 = true } = {}): Nft & { readonly scripts: string[] } {
  const scripts: string[] = []
  return {
    scripts,
    async run(script) {
      if (!knowsIPv6 && script.includes('ip6')) throw new NftError('Could not process rule: Operation not supported')
      if (!script.includes('portolan-probe')) scripts.push(script)
    },
    list: async () => [],
    elements: async () => [],
    remember: async () => {},
    changedByOthers: async () => false,
  }
}

async function withProxy(nft: Nft, body: (caches: ReturnType<typeof fakeCaches>) => Promise<void>): Promise<void> {
  const [caches, end] = [fakeCaches(), new AbortController()]
  const kernel = { nft, conntrack: fakeConntrack(), setSysctl: () => {} }
  const node = { nodeName: 'node1', podCIDRs: ['10.244.0.0/16'], serviceCIDRs: [], recorder: { event: () => {} } }
  await runProxy({ caches, kernel, clock: systemClock, log: silent, ...node }, end.signal)
  try {
    await body(caches)
  } finally {
    end.abort()
  }
}

const put = (caches: ReturnType<typeof fakeCaches>, name: string, clusterIPs: readonly string[]): void =>
  caches.put(services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'default', name },
    spec: { clusterIP: clusterIPs[0]!, clusterIPs: [...clusterIPs], ports: [{ port: 80, protocol: 'TCP' }] },
  })

test('IPv6 is written for once a Service has an address of it, and not before [NET-2]', async () => {
  const nft = fakeNft()
  await withProxy(nft, async (caches) => {
    put(caches, 'four', ['10.96.0.1'])
    await eventually(() => assert.match(nft.scripts.join(), /10\.96\.0\.1\b/))
    assert.doesNotMatch(nft.scripts.join(), /ip6/)
    put(caches, 'both', ['10.96.0.2', 'fd00::2'])
    await eventually(() => assert.match(nft.scripts.join(), /add element ip6 .*fd00::2/))
  })
})

test('a kernel without nftables for IPv6 routes IPv4 all the same [NET-2]', async () => {
  const nft = fakeNft({ knowsIPv6: false })
  await withProxy(nft, async (caches) => {
    put(caches, 'both', ['10.96.0.2', 'fd00::2'])
    await eventually(() => assert.match(nft.scripts.join(), /10\.96\.0\.2\b/))
    put(caches, 'four', ['10.96.0.3'])
    await eventually(() => assert.match(nft.scripts.join(), /10\.96\.0\.3\b/))
  })
})
