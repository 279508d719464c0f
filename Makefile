# The commands of README: make, make demo, make test, make bench, make install.
# Directories that a package fixes at build time: SYSCONFDIR holds authdaemonrc, LOCALSTATEDIR the socket.
# Empty: found at run time (/etc/courier, then /etc/authlib).
SYSCONFDIR    ?=
LOCALSTATEDIR ?=

PREFIX      ?= /usr
SBINDIR     ?= $(PREFIX)/sbin
DESTDIR     ?=
RID         := $(if $(filter aarch64,$(shell uname -m)),linux-arm64,linux-x64)
SOURCES     := $(shell find src -name '*.cs' -o -name '*.csproj' -o -name '*.props') Directory.Build.props Directory.Packages.props
TOOLS       := authtest authenumerate authpasswd authpostfix authcleanup

export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT := 1

.PHONY: all demo test bench install format clean always

all: out/authdaemond

# Changes only when the directories do, so that a binary built for others is built again.
out/directories: always
	@mkdir -p out
	@echo '$(SYSCONFDIR) $(LOCALSTATEDIR)' | cmp -s - $@ || echo '$(SYSCONFDIR) $(LOCALSTATEDIR)' >$@

out/authdaemond: $(SOURCES) Makefile out/directories
	packaging/need build
	dotnet publish src/Authd -c Release -r $(RID) -o out/publish -v quiet \
	  -p:AuthdConfigDirectory='$(SYSCONFDIR)' -p:AuthdStateDirectory='$(LOCALSTATEDIR)'
	install -m 755 out/publish/authdaemond out/authdaemond
	install -m 644 out/publish/authdaemond.dbg out/authdaemond.dbg
	@ls -l out/authdaemond

demo: out/authdaemond
	packaging/demo out/authdaemond

test: out/authdaemond
	packaging/need test
	tests/run

bench: out/authdaemond
	packaging/need test
	dotnet run --project tests/Bench -c Release -- $(BENCH)

install: out/authdaemond
	install -d '$(DESTDIR)$(SBINDIR)'
	install -m 755 out/authdaemond '$(DESTDIR)$(SBINDIR)/authdaemond'
	for tool in $(TOOLS); do ln -sf authdaemond "$(DESTDIR)$(SBINDIR)/$$tool"; done

format:
	dotnet format AuthdAot.sln

clean:
	rm -rf out
	find src tests -name bin -o -name obj | xargs rm -rf
