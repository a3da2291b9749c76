import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { promises as dns } from 'node:dns'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { services } from '../api/index.ts'
import { inNamespaces } from '../testing/index.ts'
import type { QueryEvent } from './index.ts'
import { clusterIP } from './testing/objects.ts'
import { startDns } from './testing/server.ts'

/** What a Pod of the namespace `default` finds (pkg/kubelet/network/dns). */
const RESOLV_CONF = `nameserver 127.0.0.1
search default.svc.cluster.local svc.cluster.local cluster.local
options ndots:5
`

inNamespaces(fileURLToPath(import.meta.url), ['net', 'mount'], () => {
  test("the C library's resolver finds a Service by each of its short names, and gives up on others [DSC-1] [DSC-6]", async (t) => {
    writeFileSync('/run/resolv.conf', RESOLV_CONF)
    execFileSync('mount', ['--bind', '/run/resolv.conf', '/etc/resolv.conf'])
    const events: QueryEvent[] = []
    const { caches } = await startDns(t, { listen: [{ address: '127.0.0.1', port: 53 }], onQuery: (event) => events.push(event) })
    caches.put(services, clusterIP('numbers-api', '10.96.0.5'))
    for (const more of ['', '.default', '.default.svc', '.default.svc.cluster.local', '.default.svc.cluster.local.']) {
      const found = await dns.lookup(`numbers-api${more}`, { all: true })
      assert.deepEqual(found, [{ address: '10.96.0.5', family: 4 }], more)
    }
    events.length = 0
    await assert.rejects(dns.lookup('www.example'), { code: 'ENOTFOUND' })
    const asked = events.filter(({ type }) => type === 'A').map(({ name, rcode }) => `${name} ${rcode}`)
    assert.deepEqual(asked, [
      'www.example.default.svc.cluster.local NXDOMAIN',
      'www.example.svc.cluster.local NXDOMAIN',
      'www.example.cluster.local NXDOMAIN',
      'www.example NXDOMAIN',
    ])
  })
})
