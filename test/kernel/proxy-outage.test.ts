/** A real API server that can't be reached for a while: what is in the kernel works on, and afterwards it is what it should be. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointSlices, type KubeObject, services } from '../../src/api/index.ts'
import { admin } from '../../src/apiserver/auth/user.ts'
import { testServer } from '../../src/apiserver/testing/server.ts'
import { createCaches, createClient } from '../../src/client/index.ts'
import { createConntrack, createNft, setSysctl } from '../../src/kernel/index.ts'
import { type Clock, silent, systemClock } from '../../src/lib/index.ts'
import { runProxy } from '../../src/proxy/index.ts'
import { eventually, inNamespaces } from '../../src/testing/index.ts'
import type { Handler } from '../../src/wire/index.ts'
import { curl, type Pod, POD_RANGES, proxyNetwork, service, SERVICE_RANGES, sh, slice, TIMED_OUT } from './proxy-network.ts'
import { assertTableIsRight } from './proxy-table.ts'

inNamespaces(import.meta.filename, ['net', 'mount', 'pid'], () => {
  const network = proxyNetwork()

  test('an API server that is gone for a minute [NET-11]', async () => {
    network.stop()
    const { ask, server } = await testServer()
    const [line, end] = [cable(server.handlerFor(admin)), new AbortController()]
    const client = createClient(line.handler)
    const caches = createCaches({ client, log: silent, clock: line.clock }, end.signal)
    const kernel = { nft: createNft(), conntrack: createConntrack(), setSysctl }
    const node = { nodeName: 'node1', podCIDRs: POD_RANGES, serviceCIDRs: SERVICE_RANGES, recorder: { event: () => {} } }
    await runProxy({ caches, kernel, clock: systemClock, log: silent, ...node }, end.signal)
    const create = async (path: string, object: KubeObject): Promise<void> => {
      const { status, body } = await ask('POST', path, object)
      assert.equal(status, 201, JSON.stringify(body))
    }
    const put = async (name: string, ip: string, pods: readonly Pod[]): Promise<void> => {
      await create('/api/v1/namespaces/default/services', service(name, ip))
      await create('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', slice(name, pods))
    }

    await put('stays', '10.96.0.10', ['pod-a'])
    await put('goes', '10.96.0.11', ['pod-a'])
    await eventually(async () => assert.match(await curl('pod-b', 'http://10.96.0.11'), /^pod-a/))
    const before = sh('nft -s list table ip portolan-proxy')

    line.cut()
    await put('comes', '10.96.0.12', ['pod-c'])
    await ask('DELETE', '/api/v1/namespaces/default/services/goes')
    await eventually(() => assert.ok(line.waited() > 60_000, 'everybody has tried for a minute'))
    assert.equal(sh('nft -s list table ip portolan-proxy'), before)
    for (const ip of ['10.96.0.10', '10.96.0.11']) assert.match(await curl('pod-b', `http://${ip}`), /^pod-a/)

    line.mend()
    await eventually(async () => assert.match(await curl('pod-b', 'http://10.96.0.12'), /^pod-c/))
    await eventually(async () => assert.equal(await curl('pod-b', 'http://10.96.0.11'), TIMED_OUT))
    assertTableIsRight(caches)
    assert.equal(caches.of(services).list().length, 3, 'kubernetes is there, too')
    assert.ok(caches.of(endpointSlices).get('default/comes-1'))
    end.abort()
  })
})

/** What lies between the proxy and the API server; its clock adds up how long the proxy thinks that it has waited. */
function cable(handler: Handler) {
  let cut: AbortController | undefined
  let whole = new AbortController()
  let waited = 0
  const clock: Clock = {
    ...systemClock,
    sleep(wait, signal) {
      if (cut) waited += wait
      return systemClock.sleep(Math.min(wait, 5), signal)
    },
  }
  return {
    clock,
    waited: () => waited,
    cut() {
      cut = whole
      cut.abort(new Error('the cable was cut'))
    },
    mend() {
      cut = undefined
      whole = new AbortController()
    },
    handler: (async (request) => {
      if (cut) throw new Error('the cable is cut')
      const signals = [whole.signal, ...(request.signal ? [request.signal] : [])]
      return handler({ ...request, signal: AbortSignal.any(signals) })
    }) satisfies Handler,
  }
}
