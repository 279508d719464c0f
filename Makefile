# The commands of README: make, make demo, make unit, make fuzz, make test, make smoke, make bench, make install; make deb, rpm, acceptance, dist.
# Directories that a package fixes at build time: SYSCONFDIR holds authdaemonrc, LOCALSTATEDIR the socket.
# Empty: found at run time (/etc/courier, then /etc/authlib).
SYSCONFDIR    ?=
LOCALSTATEDIR ?=

PREFIX      ?= /usr
SBINDIR     ?= $(PREFIX)/sbin
DESTDIR     ?=
MANDIR      ?= $(PREFIX)/share/man
BASHDIR     ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR      ?= $(PREFIX)/share/zsh/site-functions
FISHDIR     ?= $(PREFIX)/share/fish/vendor_completions.d
DOCDIR      ?= $(PREFIX)/share/doc/courier-authdaemon-aot
# Values for `make install-service`: the directory of systemd's files, and the owner and the directory of the socket.
UNITDIR     ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
MAILUSER    ?= courier
MAILHOME    ?= /var/lib/courier
STATEDIR    ?= /run/courier/authdaemon
STATEPARENT ?= d /run/courier 0775 root $(MAILUSER) -
ETCDIR      ?= /etc/courier
# The symbols are in the binary (for packagers, whose tools strip it) or beside it.
SYMBOLS     ?= beside
# The target: linux-x64 or linux-arm64. For another processor than this machine's everything goes below out/$(RID).
MACHINE     := $(if $(filter aarch64,$(shell uname -m)),linux-arm64,linux-x64)
RID         ?= $(MACHINE)
OUT         ?= $(if $(filter $(MACHINE),$(RID)),out,out/$(RID))
SOURCES     := $(shell find src -name '*.cs' -o -name '*.csproj' -o -name '*.props') Directory.Build.props Directory.Packages.props
TOOLS       ?= authtest authenumerate authpasswd courierlogger userdb makeuserdb userdbpw pw2userdb vchkpw2userdb authpostfix authcleanup
FILL        := sed -e 's|@SBINDIR@|$(SBINDIR)|g' -e 's|@DOCDIR@|$(DOCDIR)|g' -e 's|@STATEDIR@|$(STATEDIR)|g' \
  -e 's|@STATEPARENT@|$(STATEPARENT)|g' -e 's|@MAILUSER@|$(MAILUSER)|g' -e 's|@MAILHOME@|$(MAILHOME)|g' \
  -e 's|@SYSCONFDIR@|$(ETCDIR)|g'

export RID
export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT := 1

.PHONY: all demo unit fuzz test outage smoke bench scaling install install-service tools deb rpm acceptance dist reproducible format clean always

all: $(OUT)/authdaemond

# Changes only with the binary's target, so that a binary for another target is built again.
BUILT_FOR   := $(RID) $(SYSCONFDIR) $(LOCALSTATEDIR) $(SYMBOLS)
$(OUT)/directories: always
	@mkdir -p $(OUT)
	@echo '$(BUILT_FOR)' | cmp -s - $@ || echo '$(BUILT_FOR)' >$@

$(OUT)/authdaemond: $(SOURCES) Makefile $(OUT)/directories
	packaging/need build $(filter-out $(MACHINE),$(RID))
	dotnet publish src/Authd -c Release -o $(OUT)/publish -v quiet -p:AuthdRuntime=$(RID) \
	  -p:AuthdConfigDirectory='$(SYSCONFDIR)' -p:AuthdStateDirectory='$(LOCALSTATEDIR)' \
	  -p:StripSymbols=$(if $(filter inside,$(SYMBOLS)),false,true)
	install -m 755 $(OUT)/publish/authdaemond $@
	[ '$(SYMBOLS)' = inside ] || install -m 644 $(OUT)/publish/authdaemond.dbg $@.dbg
	@ls -l $@

demo: out/authdaemond
	packaging/demo out/authdaemond

# The tests that need neither a server nor root.
unit:
	dotnet test tests/Unit --nologo

# Mutated input for every parser, 20 times as much as in `make test`. Another sequence: make fuzz AUTHD_FUZZ_SEED=2
fuzz:
	AUTHD_FUZZ_ROUNDS=400000 dotnet test tests/Unit --nologo --filter FullyQualifiedName~Fuzz

test: out/authdaemond
	packaging/need test
	tests/run

# Two minutes without each kind of server, under load, with a warm cache. `make test` does the same with shorter times.
outage: out/authdaemond
	packaging/need test
	$(if $(filter 0,$(shell id -u)),,sudo -n -E -H) env AUTHD_OUTAGE_SECONDS=120 AUTHDAEMOND_BINARY="$$PWD/out/authdaemond" \
	  dotnet test tests/Integration --nologo --filter FullyQualifiedName~Daemon.Cached --logger 'console;verbosity=detailed'

# What a binary for another processor can be asked under an emulator (qemu-user), and what any binary must do anywhere.
smoke: $(OUT)/authdaemond
	packaging/need smoke $(filter-out $(MACHINE),$(RID))
	tests/smoke $(OUT)/authdaemond $(RID)

bench: out/authdaemond
	packaging/need test
	packaging/need bench
	dotnet run --project tests/Bench -c Release -- $(BENCH)

# Measures anew what docs/SCALING.md says, simulates it, and rewrites the tables there. On a quiet machine: six minutes.
scaling: out/authdaemond
	packaging/need test
	packaging/need bench
	dotnet run --project tests/Bench -c Release -- --simulate --out docs

install: $(OUT)/authdaemond
	install -d '$(DESTDIR)$(SBINDIR)'
	install -m 755 $(OUT)/authdaemond '$(DESTDIR)$(SBINDIR)/authdaemond'
	install -d '$(DESTDIR)$(DOCDIR)'
	install -m 644 packaging/NOTICES $(OUT)/publish/dotnet-THIRD-PARTY-NOTICES.txt '$(DESTDIR)$(DOCDIR)/'
	for tool in $(TOOLS); do ln -sf authdaemond "$(DESTDIR)$(SBINDIR)/$$tool"; done
	for file in packaging/man/*.5 $(patsubst %,packaging/man/%.[18],authdaemond $(TOOLS)); do \
	  install -D -m 644 $$file "$(DESTDIR)$(MANDIR)/man$${file##*.}/$${file##*/}"; done
	install -D -m 644 packaging/completion/authdaemond.bash '$(DESTDIR)$(BASHDIR)/authdaemond'
	install -D -m 644 packaging/completion/_authdaemond '$(DESTDIR)$(ZSHDIR)/_authdaemond'
	install -D -m 644 packaging/completion/authdaemond.fish '$(DESTDIR)$(FISHDIR)/authdaemond.fish'
	for tool in $(TOOLS); do \
	  ln -sf authdaemond "$(DESTDIR)$(BASHDIR)/$$tool" && ln -sf authdaemond.fish "$(DESTDIR)$(FISHDIR)/$$tool.fish"; done

# Installs systemd's files for the daemon, and a first configuration where there is no other.
install-service:
	install -d '$(DESTDIR)$(UNITDIR)' '$(DESTDIR)$(SYSUSERSDIR)' '$(DESTDIR)$(TMPFILESDIR)' '$(DESTDIR)$(DOCDIR)/systemd'
	for unit in courier-authlib.service courier-authlib.socket courier-authlib-handover.service; do \
	  $(FILL) packaging/systemd/$$unit >'$(DESTDIR)$(UNITDIR)'/$$unit; done
	$(FILL) packaging/systemd/sysusers.conf >'$(DESTDIR)$(SYSUSERSDIR)/courier-authdaemon-aot.conf'
	$(FILL) packaging/systemd/tmpfiles.conf >'$(DESTDIR)$(TMPFILESDIR)/courier-authdaemon-aot.conf'
	for example in packaging/systemd/examples/*.conf; do \
	  $(FILL) $$example >'$(DESTDIR)$(DOCDIR)/systemd'/$${example##*/}; done
	install -d '$(DESTDIR)$(DOCDIR)/examples'
	install -m 644 packaging/examples/* '$(DESTDIR)$(DOCDIR)/examples/'
	install -D -m 644 packaging/config/authdaemonrc '$(DESTDIR)$(PREFIX)/share/courier-authdaemon-aot/authdaemonrc'

# The commands that are links, for packages that omit some of them.
tools:
	@echo $(TOOLS)

deb:
	packaging/need deb $(filter-out $(MACHINE),$(RID))
	deb/build $(OUT)/deb

rpm:
	packaging/need rpm $(filter-out $(MACHINE),$(RID))
	rpm/build $(OUT)/rpm

# Installs the packages on Debian machines of their own, and walks through an administrator's first hour.
acceptance: export RELEASE := $(RELEASE)
acceptance: deb rpm
	packaging/need acceptance
	tests/Acceptance/run walk
	tests/Acceptance/run walk-rpm

# Source tarball, packages, bill of materials and checksums; every build makes the same bytes.
dist: deb rpm
	packaging/dist $(OUT)

# Builds all of that twice, in different places, and compares.
reproducible:
	packaging/need deb
	packaging/need rpm
	packaging/reproducible

format:
	dotnet format AuthdAot.sln

clean:
	rm -rf out
	find src tests -name bin -o -name obj | xargs rm -rf
