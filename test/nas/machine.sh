#!/bin/bash
# Real servers of NFS and SMB, and the tests that mount them, on a machine of their own:
#
# - as `init` of a user-mode Linux whose root is this host's own;
# - or, with the argument `here`, in name spaces of their own on a host whose kernel has both clients and an NFS server.
#
# WORK is a folder of the host that holds the environment, the share's password and the modules of that Linux; the results go
# there. Nothing else of the host is written to.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
. "$WORK/environment"

if [ "${1:-}" != here ]; then
  mount -t proc proc /proc
  mount -t sysfs sys /sys
  mount -t cgroup2 cgroup /sys/fs/cgroup 2>/dev/null
  mkdir -p /dev/shm /dev/pts
  mount -t tmpfs shm /dev/shm
  dmesg -n 1
  # Java looks up the host's name.
  echo localhost >/proc/sys/kernel/hostname
  for module in ipv6 cmac hmac md5 sha256_generic sha512_generic aes_generic ccm ghash_generic gcm ctr ecb des_generic arc4 nls_utf8 \
    loop quota_tree quota_v2 lockd sunrpc nfs nfsv3 nfsv4 nfsd cifs; do
    modprobe -d "$WORK/modules" "$module"
  done
fi
for folder in /run /var/lib/nfs /mnt; do mount -t tmpfs tmpfs "$folder"; done
mount -t tmpfs -o size=600m tmpfs /srv
ip link set lo up
# Addresses that take everything and answer nothing.
ip route add 192.0.2.0/24 dev lo

# Whom the shares' password belongs to: the owner of all sets under a name of its own. Root's name would do, but may do everything.
cp /etc/passwd /run/passwd
echo "backup-operator:x:65534:65534::/:/bin/false" >>/run/passwd
mount --bind /run/passwd /etc/passwd

# Owner and group as the product wants them; one folder that is not so, one without room.
for name in share read-only closed; do
  mkdir -p "/srv/nas/$name"
  # A mount of its own: inside one file system NFSv4 would take all for the root's export.
  mount --bind "/srv/nas/$name" "/srv/nas/$name"
done
mkdir /srv/nas/small
mount -t tmpfs -o size=6m tmpfs /srv/nas/small
# Of quotas only a file system on a block device knows.
mkdir /srv/nas/quota
truncate -s 24M /srv/quota.img
mkfs.ext4 -q -O quota -E quotatype=usrquota /srv/quota.img
mount -o loop,usrquota /srv/quota.img /srv/nas/quota
rmdir /srv/nas/quota/lost+found
setquota -u 65534 0 6144 0 0 /srv/nas/quota
chown 65534:65534 /srv/nas/share /srv/nas/read-only /srv/nas/small /srv/nas/quota
chmod 700 /srv/nas/share /srv/nas/small /srv/nas/quota
chmod 755 /srv/nas/read-only /srv/nas/closed
echo old >/srv/nas/read-only/object

nfs_server() {
  mkdir -p /run/rpcbind /run/sendsigs.omit.d /var/lib/nfs/v4recovery /var/lib/nfs/sm /var/lib/nfs/sm.bak /var/lib/nfs/rpc_pipefs
  touch /var/lib/nfs/etab /var/lib/nfs/rmtab /var/lib/nfs/state
  rpcbind -w
  mount -t nfsd nfsd /proc/fs/nfsd
  mount -t rpc_pipefs rpc /var/lib/nfs/rpc_pipefs
  echo 10 >/proc/fs/nfsd/nfsv4gracetime
  # NFSv4 shows exports below a root of its own, which must be named where the real root (hostfs) cannot be exported.
  exportfs -o ro,fsid=0,insecure,no_subtree_check '*:/srv/nas'
  local id=1 options='rw,sync,root_squash,insecure,no_subtree_check'
  for name in share closed small quota; do
    exportfs -o "$options,fsid=$((id++))" "*:/srv/nas/$name"
  done
  exportfs -o "ro,sync,root_squash,insecure,no_subtree_check,fsid=$((id++))" '*:/srv/nas/read-only'
  rpc.nfsd 4
  rpc.mountd
  echo Y >/proc/fs/nfsd/v4_end_grace
}

smb_server() {
  mkdir -p /run/samba/ncalrpc
  cat >/run/samba/smb.conf <<CONF
[global]
  server role = standalone
  map to guest = never
  pid directory = /run/samba
  lock directory = /run/samba
  state directory = /run/samba
  cache directory = /run/samba
  private dir = /run/samba
  passdb backend = smbpasswd:/run/samba/smbpasswd
  log file = /run/samba/log
  ncalrpc dir = /run/samba/ncalrpc
  bind interfaces only = yes
  interfaces = lo
  disable spoolss = yes
  load printers = no
  server min protocol = SMB2
[share]
  path = /srv/nas/share
  read only = no
[read-only]
  path = /srv/nas/read-only
[closed]
  path = /srv/nas/closed
  read only = no
[small]
  path = /srv/nas/small
  read only = no
[quota]
  path = /srv/nas/quota
  read only = no
CONF
  cat "$WORK/password" "$WORK/password" | smbpasswd -c /run/samba/smb.conf -s -a backup-operator >/dev/null
  smbd -D -s /run/samba/smb.conf
}

nfs_server
smb_server
cd "$REPOSITORY" || exit 1
"$NODE" --single-threaded -r ./test/kit/register.js test/nas/run-cases.ts "$WORK" "$FAMILY" "${ONLY:-}"
sync
[ "${1:-}" = here ] || { echo o >/proc/sysrq-trigger; sleep 5; }
