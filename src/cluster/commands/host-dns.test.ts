import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runDns } from '../../dns/index.ts'
import { silent, systemClock } from '../../lib/index.ts'
import { fakeCaches, inNamespaces } from '../../testing/index.ts'
import { forgetHostDns, turnHostDns } from './host-dns.ts'

const DNS_IP = '10.96.0.10'
const RESOLV_CONF = '/etc/resolv.conf'
const OWN = 'nameserver 192.0.2.1\n'
/** No cluster has ever been here. */
const options = { root: '/run/nowhere' }

/** A machine with an /etc and a PATH of its own, from which the cluster's DNS is reached by the interface lo. */
async function machine(t: TestContext): Promise<void> {
  execFileSync('sh', ['-c', `cp -a /etc /run/etc && mount --bind /run/etc /etc && ip address add ${DNS_IP}/32 dev lo`])
  t.after(() => execFileSync('sh', ['-c', `umount -l /etc && rm -rf /run/etc && ip address del ${DNS_IP}/32 dev lo`]))
  writeFileSync(RESOLV_CONF, OWN)
  const stop = new AbortController()
  t.after(() => stop.abort())
  const cluster = { clusterDomain: 'cluster.local', ttl: 5, podNames: 'insecure', forwarders: [] } as const
  await runDns({ ...cluster, caches: fakeCaches(), listen: [{ address: DNS_IP, port: 53 }], clock: systemClock, log: silent }, stop.signal) // prettier-ignore
}

inNamespaces(fileURLToPath(import.meta.url), ['net', 'mount'], () => {
  test('a resolv.conf is told about the cluster, and forgets it again [DSC-1]', async (t) => {
    await machine(t)
    assert.equal(await turnHostDns('on', options), `/etc/resolv.conf now asks ${DNS_IP} for names in cluster.local`)
    assert.ok(readFileSync(RESOLV_CONF, 'utf8').includes(`\nnameserver ${DNS_IP}\n`))
    assert.equal(await turnHostDns('on', options), `/etc/resolv.conf asks ${DNS_IP} already; nothing was changed`)
    assert.equal(await turnHostDns('off', options), '/etc/resolv.conf is as it was')
    assert.equal(await turnHostDns('off', options), '/etc/resolv.conf knew no cluster; nothing was changed')
    assert.equal(readFileSync(RESOLV_CONF, 'utf8'), OWN)
    await turnHostDns('on', options)
    await forgetHostDns(options.root)
    assert.equal(readFileSync(RESOLV_CONF, 'utf8'), OWN, 'a cluster that goes takes its names along')
    await assert.rejects(
      turnHostDns('on', { ...options, server: '127.0.0.9' }),
      /no DNS of a cluster answers at 127\.0\.0\.9; nothing was/,
    )
  })

  test('systemd-resolved is told about the interface that leads there [DSC-1]', async (t) => {
    await machine(t)
    execFileSync('sh', [
      '-c',
      `mkdir -p /run/systemd/resolve /run/bin && mv ${RESOLV_CONF} /run/systemd/resolve/stub-resolv.conf`,
    ])
    symlinkSync('/run/systemd/resolve/stub-resolv.conf', RESOLV_CONF)
    writeFileSync('/run/bin/resolvectl', '#!/bin/sh\necho "$@" >>/run/told\n')
    chmodSync('/run/bin/resolvectl', 0o755)
    process.env['PATH'] = `/run/bin:${process.env['PATH']}`
    assert.equal(await turnHostDns('on', options), `systemd-resolved now asks ${DNS_IP} for names in cluster.local`)
    assert.equal(await turnHostDns('off', options), 'systemd-resolved is as it was')
    assert.equal(
      readFileSync('/run/told', 'utf8'),
      `dns lo ${DNS_IP}\ndomain lo ~cluster.local\ndefault-route lo no\nrevert lo\n`,
    )
  })
})
