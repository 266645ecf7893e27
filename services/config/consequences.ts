/** What running without a keyword would do: the reason behind each refusal, and behind some of what is only read. */

/** Ends the sentence "running without it would …". */
export const refusalConsequences: Readonly<Record<string, string>> = {
  // Top level
  net_namespace: "run the routers in the wrong network namespace",
  track_group: "leave routers active when a static address or route is lost",
  interface_up_down_delays: "fail over at once when a link flaps",
  // global_defs
  startup_script: "start without what that script prepares",
  shutdown_script: "stop without what that script cleans up",
  vrrp_mcast_group4: "send adverts to a group that the peers do not listen to",
  vrrp_down_timer_adverts: "take over after three missed adverts",
  vrrp_higher_prio_send_advert: "yield to a higher priority without the last advert",
  vrrp_startup_delay: "take part in elections at once after the start",
  vrrp_delay_after_boot: "take part in elections at once after boot",
  vrrp_owner_ignore_adverts: "let the address owner react to adverts",
  // vrrp_instance
  use_vmac_addr: "answer for the addresses with the interface's own MAC address",
  use_ipvlan: "put the addresses on the interface itself",
  unicast_fault_no_peer: "go on with multicast where keepalived stops the router",
  vrf: "run the router outside of its VRF",
  dont_track_primary: "go to fault when the router's own interface is down",
  track_bfd: "stay active when that BFD session is down",
  mcast_dst_ip: "send the adverts to a group that the peers do not listen to",
  track_src_ip: "stay active when the source address is gone",
  no_virtual_ipaddress: "refuse the router, because every router needs an address",
  promote_secondaries: "let the kernel remove other addresses of the subnet with the first",
  down_timer_adverts: "take over after three missed adverts",
  timer_expired_backup: "stay active after a stall in which a peer has taken over",
  thread_timer_expired: "stay active after a stall in which a peer has taken over",
  higher_prio_send_advert: "yield to a higher priority without the last advert",
  owner_ignore_adverts: "let the address owner react to adverts",
  auth_hmac: "send adverts without the HMAC that the peers ask for",
};

/** Follows "`X` is read but not acted on yet: ". */
export const acceptedConsequences: Readonly<Record<string, string>> = {
  enable_script_security: "nothing checks who may write the scripts before they run",
  dynamic_interfaces: "every interface must exist when the daemon starts",
  virtual_server: "no load balancing is set up and no real server is checked",
  virtual_server_group: "no load balancing is set up",
  bfd_instance: "no BFD session is opened",
};

/** Values with which a refused keyword says what already holds here, so that it does no harm. */
export const neutralValues: Readonly<Record<string, readonly string[]>> = {
  vrrp_mcast_group4: ["224.0.0.18"],
  vrrp_down_timer_adverts: ["3"],
  vrrp_higher_prio_send_advert: ["off", "no", "false"],
  vrrp_startup_delay: ["0"],
  vrrp_delay_after_boot: ["0"],
  vrrp_owner_ignore_adverts: ["off", "no", "false"],
  down_timer_adverts: ["3"],
  higher_prio_send_advert: ["off", "no", "false"],
  owner_ignore_adverts: ["off", "no", "false"],
};
