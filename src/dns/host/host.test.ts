import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { services } from '../../api/index.ts'
import { inNamespaces } from '../../testing/index.ts'
import { clusterIP } from '../testing/objects.ts'
import { startDns } from '../testing/server.ts'
import { type HostResolver, hostDnsOff, hostDnsOn } from './host.ts'
import { hasCluster, withCluster, withoutCluster } from './plan.ts'

// The cluster's server is 127.0.0.2, this machine's own 127.0.0.3; the machine's /etc is a copy of its own.
const run = promisify(execFile)

const NAMES = { server: '127.0.0.2', domain: 'cluster.local' }
const RESOLV_CONF = '/etc/resolv.conf'
const OWN = '# ours\nnameserver 127.0.0.3\nsearch corp.example\n'

test('what is put into a resolv.conf is taken out again, whatever it was, and whatever others did meanwhile [DSC-1]', () => {
  const line = fc.constantFrom(
    'nameserver 192.0.2.1',
    'search a.example',
    '',
    '# portolan',
    'options ndots:2',
    'options timeout:1',
  )
  const file = fc
    .tuple(fc.array(line, { maxLength: 6 }), fc.boolean())
    .map(([lines, end]) => lines.join('\n') + (end ? '\n' : ''))
  fc.assert(
    fc.property(file, file, (before, added) => {
      const on = withCluster(before, NAMES)
      assert.equal(withoutCluster(on), before)
      assert.equal(withCluster(on, NAMES), on)
      assert.ok(hasCluster(on) && !hasCluster(before))
      assert.equal(withoutCluster(`${added}\n${on}`), `${added}\n${before}`)
      assert.match(on, /^# portolan: .*\nnameserver 127\.0\.0\.2\n/)
    }),
  )
})

inNamespaces(fileURLToPath(import.meta.url), ['net', 'mount'], () => {
  const commands: string[] = []
  const host: HostResolver = {
    resolvConf: RESOLV_CONF,
    resolvectl: async (args) => commands.push(args.join(' ')),
    linkTo: async () => 'portolan',
  }
  const getent = (name: string): Promise<string> =>
    run('getent', ['hosts', name]).then(
      ({ stdout }) => stdout.split(' ')[0]!,
      () => 'nobody',
    )

  async function machine(t: TestContext): Promise<void> {
    execFileSync('sh', ['-c', 'rm -rf /run/etc; cp -a /etc /run/etc && mount --bind /run/etc /etc'])
    t.after(() => execFileSync('umount', ['-l', '/etc']))
    writeFileSync(RESOLV_CONF, OWN)
    const cluster = { listen: [{ address: '127.0.0.2', port: 53 }], haveOthers: ['127.0.0.0/8'] }
    const { caches } = await startDns(t, cluster)
    caches.put(services, clusterIP('web', '10.96.0.5'))
    await startDns(t, { listen: [{ address: '127.0.0.3', port: 53 }], clusterDomain: 'k8s.test', hosts: { 'www.example': ['192.0.2.1'] } }) // prettier-ignore
  }

  test("on a machine with a resolv.conf, both the cluster's names and all others are found, until it is off [DSC-1]", async (t) => {
    await machine(t)
    chmodSync(RESOLV_CONF, 0o640)
    assert.deepEqual([await getent('web.default.svc.cluster.local'), await getent('www.example')], ['nobody', '192.0.2.1'])
    assert.deepEqual(await hostDnsOn(NAMES, host), { by: 'resolv.conf', changed: true })
    assert.deepEqual([await getent('web.default.svc.cluster.local'), await getent('www.example')], ['10.96.0.5', '192.0.2.1'])
    assert.deepEqual(await hostDnsOn(NAMES, host), { by: 'resolv.conf', changed: false })
    assert.equal(statSync(RESOLV_CONF).mode & 0o777, 0o640)
    assert.deepEqual(await hostDnsOff(NAMES, host), { by: 'resolv.conf', changed: true })
    assert.deepEqual(await hostDnsOff(NAMES, host), { by: 'resolv.conf', changed: false })
    assert.equal(readFileSync(RESOLV_CONF, 'utf8'), OWN)
    assert.equal(statSync(RESOLV_CONF).mode & 0o777, 0o640)
  })

  test('a resolv.conf that is mounted by itself is written over, and one that is a link is followed [DSC-1]', async (t) => {
    await machine(t)
    execFileSync('sh', ['-c', 'cp /etc/resolv.conf /run/one && mount --bind /run/one /etc/resolv.conf'])
    await hostDnsOn(NAMES, host)
    assert.equal(await getent('web.default.svc.cluster.local'), '10.96.0.5')
    await hostDnsOff(NAMES, host)
    assert.equal(readFileSync('/run/one', 'utf8'), OWN)
    execFileSync('sh', ['-c', 'umount /etc/resolv.conf && mv /etc/resolv.conf /run/two && ln -s /run/two /etc/resolv.conf'])
    await hostDnsOn(NAMES, host)
    assert.ok(hasCluster(readFileSync('/run/two', 'utf8')))
    await hostDnsOff(NAMES, host)
    assert.equal(readFileSync('/run/two', 'utf8'), OWN)
  })

  test('systemd-resolved is told about the interface to the cluster, and its files are left alone [DSC-1]', async (t) => {
    await machine(t)
    execFileSync('sh', ['-c', 'mkdir -p /run/systemd/resolve && mv /etc/resolv.conf /run/systemd/resolve/stub-resolv.conf'])
    symlinkSync('/run/systemd/resolve/stub-resolv.conf', RESOLV_CONF)
    await hostDnsOn(NAMES, host)
    await hostDnsOff(NAMES, host)
    assert.deepEqual(commands, ['dns portolan 127.0.0.2', 'domain portolan ~cluster.local', 'default-route portolan no', 'revert portolan']) // prettier-ignore
    assert.equal(readFileSync(RESOLV_CONF, 'utf8'), OWN)
    assert.deepEqual(await hostDnsOff(NAMES, { ...host, linkTo: async () => undefined }), { by: 'systemd-resolved', changed: false }) // prettier-ignore
  })

  test('nothing is changed where the cluster does not answer [DSC-1]', async (t) => {
    await machine(t)
    await assert.rejects(hostDnsOn({ ...NAMES, server: '127.0.0.9' }, host), { code: 'NoClusterDns' })
    assert.equal(readFileSync(RESOLV_CONF, 'utf8'), OWN)
  })
})
