/** Images under the names that study notes use, built from Debian's busybox, curl and nginx. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Built, shellLayer, tarOf, writeDockerArchive } from '../../../src/images/testing/build.ts'
import { selfSigned } from '../../../src/kubelet/testing/certificate.ts'
import type { TestCluster } from '../cluster.ts'

/** Where the set-up unpacks packages that it doesn't install. */
const DEBIAN = join(import.meta.dirname, '../../../node_modules/.cache/portolan/debian')
const NGINX = join(DEBIAN, 'usr/sbin/nginx')
export const missing = existsSync(NGINX) ? false : 'nginx is not unpacked: run node tools/setup.mjs --tests'

const APPLETS = ['cat', 'env', 'hostname', 'httpd', 'ping', 'sh', 'shuf', 'sleep']
const SERVE = ['nginx', '-g', 'daemon off; error_log stderr; user root;']
const folders = (...names: readonly string[]) => names.map((name) => ({ name: `${name}/`, type: 'folder' as const, mode: 0o755 }))

/** Builds them all and loads them by `portolan load`. */
export async function loadImages(cluster: TestCluster): Promise<void> {
  const layers = [await shellLayer(['busybox', 'curl', NGINX]), commands()]
  const { certificate, key } = await selfSigned()
  const keys = tarOf([{ name: 'etc/tls.crt', content: certificate }, { name: 'etc/tls.key', content: key }]) // prettier-ignore
  const nginx = (...above: readonly Buffer[]): Built => build({ layers: [...layers, keys, ...above], config: { Cmd: SERVE } })
  const whoAmI = (said: string, ports: readonly string[]): Built =>
    nginx(server(ports, `location / { return 200 "${said}\\n"; }`))
  const images: Readonly<Record<string, Built>> = {
    'nginx:stable': nginx(welcome(), server(['80'], 'root /www;')),
    'luksa/kubia:latest': whoAmI("You've hit $hostname", ['8080', '8443 ssl']),
    'example/my-app:1': whoAmI('$server_port', ['80', '9376', '9377 ssl', '49152']),
    'kiamol/ch03-sleep:latest': build({ layers, config: { Cmd: ['sleep', 'infinity'] } }),
    'kiamol/ch03-numbers-api:latest': script(layers, 'shuf -i 0-99 -n 1'),
    'kiamol/ch03-numbers-web:latest': script(layers, 'curl -fs --max-time 2 http://numbers-api || echo RNG service unavailable!'),
  }
  for (const [name, built] of Object.entries(images)) {
    const archive = await writeDockerArchive(join(cluster.folder, name.replaceAll(/\W/g, '-')), built, [name])
    const { code, error } = await cluster.portolan('load', archive)
    if (code !== 0) throw new Error(`portolan load ${name}: ${error}`)
  }
}

/** The commands that busybox is, and the folders that nginx and a shell want. */
const commands = (): Buffer =>
  tarOf([
    ...folders('tmp', 'run', 'var', 'var/log', 'var/log/nginx', 'var/lib', 'var/lib/nginx', 'etc/nginx', 'www', 'www/cgi-bin'),
    ...APPLETS.map((name) => ({ name: `bin/${name}`, type: 'symlink' as const, link: 'busybox' })),
  ])

/** What nginx comes with. */
const welcome = (): Buffer =>
  tarOf([{ name: 'www/index.html', content: readFileSync(join(DEBIAN, 'usr/share/nginx/html/index.html'), 'latin1') }])

function server(ports: readonly string[], answer: string): Buffer {
  const listen = ports.map((port) => `listen ${port};`).join(' ')
  const content = `events {} http { ssl_certificate /etc/tls.crt; ssl_certificate_key /etc/tls.key; server { ${listen} ${answer} } }`
  return tarOf([{ name: 'etc/nginx/nginx.conf', content }])
}

/** A server whose only page is what a shell command prints. */
const script = (layers: readonly Buffer[], command: string): Built =>
  build({
    layers: [
      ...layers,
      tarOf([
        { name: 'www/cgi-bin/index.cgi', mode: 0o755, content: `#!/bin/sh\necho Content-type: text/plain\necho\n${command}\n` },
      ]),
    ],
    config: { Cmd: ['httpd', '-f', '-p', '80', '-h', '/www'] },
  })
