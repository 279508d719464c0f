// Reads authdaemond.ini, this daemon's own optional file.
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Authd.Core.Configuration;

/// <summary>authdaemond.ini as <see cref="IConfiguration"/>: sections and keys as Microsoft's Ini provider reads them.</summary>
public static class DaemonIni
{
    /// <summary>Parses the file's text; an empty text is a file without settings.</summary>
    /// <exception cref="ConfigurationException">The text is no ini file.</exception>
    public static IConfiguration Parse(string fileName, string text)
    {
        try
        {
            using MemoryStream stream = new(Encoding.UTF8.GetBytes(text));
            return new ConfigurationBuilder().AddIniStream(stream).Build();
        }
        catch (FormatException e)
        {
            throw new ConfigurationException(fileName, 0, e.Message);
        }
    }
}
